package check

// Copy is what one server holds of a key after everything was healed.
type Copy struct {
	Server   int
	Known    bool   // the server answered for its version
	Owed     bool   // the store says that the server is owed the key
	Version  string // ms.counter.router
	Kind     string // live, tombstone, none
	Checksum string
	Value    string // read while this server was the only one up; "" = none
	Fault    string // why it could not be read; "" = it was
}

// Key is the final state of a key.
type Key struct {
	Copies   []Copy
	Buffered bool
}

// Final is the final state of every key that was touched.
type Final map[string]Key
