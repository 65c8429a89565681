package config

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/alecthomas/kong"
)

// Command is what the command line asks for.
type Command int

// The commands.
const (
	Serve       Command = iota
	Healthcheck         // ask the running program whether it is healthy, tell by the exit status
	Done                // --help or --version was answered
)

// commands stand beside the flags of either program. All flags are global, so that
// healthcheck knows --ops.
type commands struct {
	Version     kong.VersionFlag `env:"-" help:"Print the version and exit."`
	Run         struct{}         `cmd:"" default:"1" help:"Run the program (the default)."`
	Healthcheck struct{}         `cmd:"" help:"Ask the running program on its ops port whether it is healthy; exit 0 or 1. Needs no shell."`
}

// program describes one program to kong.
type program struct {
	name, about, version string
	flags                any // pointer to a struct with commands and flags embedded
}

// parse fills the flags. Faults of the command line itself are gathered too: an unknown flag hides no other fault.
func (p program) parse(args []string, out io.Writer, f *faults) (Command, error) {
	done := false
	k, err := kong.New(p.flags,
		kong.Name(p.name), kong.Description(p.about), kong.Vars{"version": p.name + " " + p.version},
		kong.DefaultEnvars("DS"), kong.Writers(out, out), kong.Exit(func(int) { done = true }),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true}))
	if err != nil {
		return Done, fmt.Errorf("settings of %s: %w", p.name, err)
	}
	ctx, err := k.Parse(accepted(k, args, f))
	switch {
	case done:
		return Done, nil
	case err != nil:
		f.err(err)
		return Done, f.result(p.name)
	case strings.HasPrefix(ctx.Command(), "healthcheck"):
		return Healthcheck, nil
	}
	return Serve, nil
}

// accepted notes and leaves out what kong would stop at: unknown flags and words, and flags
// without their value.
func accepted(k *kong.Kong, args []string, f *faults) []string {
	var list []string
	for len(args) > 0 {
		arg, rest := args[0], args[1:]
		if !strings.HasPrefix(arg, "-") {
			if slices.Contains([]string{"run", "healthcheck"}, arg) {
				list = append(list, arg)
			} else {
				f.err(fmt.Errorf("%q is not understood", arg))
			}
			args = rest
			continue
		}
		known, alone := findFlag(k, arg)
		words := args[:1]
		if !alone && len(rest) > 0 && !strings.HasPrefix(rest[0], "--") && (known || rest[0] != "healthcheck") {
			words = args[:2]
		}
		switch {
		case !known:
			f.err(fmt.Errorf("%s is unknown", arg))
		case !alone && len(words) == 1:
			f.err(fmt.Errorf("%s lacks its value", arg))
		default:
			list = append(list, words...)
		}
		args = args[len(words):]
	}
	return list
}

// findFlag tells whether a flag exists, and whether it is complete without the next word.
func findFlag(k *kong.Kong, arg string) (known, alone bool) {
	name, _, hasValue := strings.Cut(strings.TrimPrefix(arg, "--"), "=")
	if arg == "-h" || name == "help" {
		return true, true
	}
	for _, flag := range k.Model.Flags {
		if flag.Name == name && strings.HasPrefix(arg, "--") {
			return true, hasValue || flag.IsBool()
		}
	}
	return false, hasValue
}
