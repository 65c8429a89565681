package resp

import "strings"

func (s *Session) doConfigGet(_ *command, argv [][]byte) {
	var hits []Setting
	for _, set := range s.host.Settings() {
		for _, pattern := range argv[2:] {
			if match, _ := glob([]byte(strings.ToLower(string(pattern))), []byte(set.Name)); match {
				hits = append(hits, set)
				break
			}
		}
	}
	b := appendMap(s.begin(), len(hits), s.state.Resp3)
	for _, h := range hits {
		b = appendBulkString(appendBulkString(b, h.Name), h.Value)
	}
	s.answer(b)
}

func (s *Session) doConfigSet(_ *command, argv [][]byte) {
	args := argv[2:]
	if len(args)%2 != 0 {
		s.fail(errSyntax)
		return
	}
	var changes []Setting
	for ; len(args) > 0; args = args[2:] {
		changes = append(changes, Setting{strings.ToLower(string(args[0])), string(args[1])})
	}
	err := duplicate(changes)
	if err == nil {
		err = s.host.Configure(changes)
	}
	switch {
	case err == nil:
		s.ok()
	case err.Text == "":
		s.fail("ERR Unknown option or number of arguments for CONFIG SET - '" + asSent(argv, err.Name) + "'")
	default:
		s.fail("ERR CONFIG SET failed (possibly related to argument '" + err.Name + "') - " + err.Text)
	}
}

// asSent gives the name of a setting in the case in which the client wrote it.
func asSent(argv [][]byte, name string) string {
	for i := 2; i < len(argv); i += 2 {
		if equalFold(argv[i], name) {
			return clip(argv[i], textBytes)
		}
	}
	return name
}

func duplicate(changes []Setting) *SettingError {
	seen := map[string]bool{}
	for _, c := range changes {
		if seen[c.Name] {
			return &SettingError{c.Name, "duplicate parameter"}
		}
		seen[c.Name] = true
	}
	return nil
}

func (s *Session) doConfigResetStat(*command, [][]byte) {
	s.host.ResetStat()
	s.ok()
}
