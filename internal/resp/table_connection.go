package resp

// connectionCommands are about the connection itself.
func connectionCommands() []command {
	return []command{
		{name: "ping", arity: -1, flags: "fast", acl: "fast connection", tips: "request_policy:all_shards response_policy:all_succeeded",
			since: "1.0.0", group: "connection", complexity: "O(1)",
			summary: "Ping the server", run: (*Session).doPing},
		{name: "echo", arity: 2, flags: "loading stale fast", acl: "fast connection",
			since: "1.0.0", group: "connection", complexity: "O(1)",
			summary: "Echo the given string", run: (*Session).doEcho},
		{name: "quit", arity: -1, flags: "noscript loading stale fast no_auth allow_busy", acl: "fast connection",
			since: "1.0.0", group: "connection", complexity: "O(1)",
			summary: "Close the connection", run: (*Session).doQuit},
		{name: "hello", arity: -1, flags: "noscript loading stale fast no_auth allow_busy", acl: "fast connection",
			since: "6.0.0", group: "connection", complexity: "O(1)",
			summary: "Handshake with Redis", run: (*Session).doHello},
		{name: "auth", arity: -2, flags: "noscript loading stale fast no_auth allow_busy", acl: "fast connection",
			since: "1.0.0", group: "connection", complexity: "O(N) where N is the number of passwords defined for the user",
			summary: "Authenticate to the server", run: (*Session).doAuth},
		{name: "select", arity: 2, flags: "loading stale fast", acl: "fast connection",
			since: "1.0.0", group: "connection", complexity: "O(1)",
			summary: "Change the selected database for the current connection", run: (*Session).doSelect},
		{name: "reset", arity: 1, flags: "noscript loading stale fast no_auth allow_busy", acl: "fast connection",
			since: "6.2.0", group: "connection", complexity: "O(1)",
			summary: "Reset the connection", run: (*Session).doReset},
	}
}
