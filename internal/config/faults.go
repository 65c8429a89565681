package config

import (
	"fmt"
	"strings"

	"github.com/hashicorp/go-multierror"
)

// faults gathers everything that is wrong with the settings.
type faults struct{ all *multierror.Error }

// add notes a fault of a setting: what is wrong, and what would be right.
func (f *faults) add(setting, format string, args ...any) {
	f.err(fmt.Errorf("--%s (%s): %s", setting, envName(setting), fmt.Sprintf(format, args...)))
}

func (f *faults) err(err error) { f.all = multierror.Append(f.all, err) }

func (f *faults) count() int {
	if f.all == nil {
		return 0
	}
	return f.all.Len()
}

// result is nil, or one error that lists every fault.
func (f *faults) result(program string) error {
	if f.all == nil {
		return nil
	}
	f.all.ErrorFormat = func(list []error) string {
		var b strings.Builder
		noun := "fault"
		if len(list) > 1 {
			noun = "faults"
		}
		fmt.Fprintf(&b, "%s: %d %s in the settings, nothing was started:", program, len(list), noun)
		for _, err := range list {
			b.WriteString("\n  - " + err.Error())
		}
		b.WriteString("\n  see " + program + " --help")
		return b.String()
	}
	return f.all
}

// envName is the environment variable of a flag.
func envName(flag string) string {
	return "DS_" + strings.ToUpper(strings.ReplaceAll(flag, "-", "_"))
}
