package resp

// storeCommands are the store's own, under DS.
func storeCommands() []command {
	return []command{
		{name: "ds", arity: -2, flags: "", acl: "slow",
			since: "7.2.0", group: "server", complexity: "Depends on subcommand.",
			summary: "A container for the store's own commands"},
		{name: "ds|servers", arity: 2, flags: "readonly", acl: "read slow",
			since: "7.2.0", group: "server", complexity: "O(N) where N is the number of servers",
			summary: "The servers, their states, and what they are owed", run: (*Session).doServers},
		{name: "ds|why", arity: 3, flags: "readonly", first: 2, last: 2, step: 1, spec: "RO", acl: "read slow",
			since: "7.2.0", group: "server", complexity: "O(1)",
			summary: "Where a key lives, and what each copy of it holds", run: (*Session).doWhy},
		{name: "ds|converged", arity: 2, flags: "readonly", acl: "read slow",
			since: "7.2.0", group: "server", complexity: "O(1)",
			summary: "Whether all copies were proved equal, and what is owed", run: (*Session).doConverged},
		{name: "ds|keys", arity: 2, flags: "readonly", acl: "read slow",
			since: "7.2.0", group: "server", complexity: "O(N) where N is the number of keys",
			summary: "The keys that can be seen right now, and whether that is all", alone: true, run: (*Session).doVisible},
		{name: "ds|help", arity: 2, flags: "loading stale", acl: "slow",
			since: "7.2.0", group: "server", complexity: "O(1)",
			summary: "Show helpful text about the different subcommands", run: (*Session).doHelp},
	}
}
