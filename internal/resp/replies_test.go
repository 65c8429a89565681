package resp

import (
	"strings"
	"testing"
)

// step is a command line, and the answer on one line.
type step struct{ send, want string }

func run(t *testing.T, r *rig, steps []step) {
	t.Helper()
	for _, st := range steps {
		r.feed([]byte(st.send + "\r\n"))
		if got := short(r.take()); got != st.want {
			t.Errorf("%s\ngot  %.400q\nwant %.400q", st.send, got, st.want)
		}
	}
}

const (
	notInteger = "-ERR value is not an integer or out of range"
	syntax     = "-ERR syntax error"
)

func arity(name string) string { return "-ERR wrong number of arguments for '" + name + "' command" }

func TestStringReplies(t *testing.T) {
	run(t, newRig(nil), []step{
		{"GET a", "$-1"},
		{"SET a 1", "+OK"},
		{"get a", "$1 1"},
		{"SET a 2 NX", "$-1"},
		{"SET b 2 XX", "$-1"},
		{"SET a 2 XX GET", "$1 1"},
		{"SET a 3 NX GET", "$1 2"},
		{"SET c 3 NX GET", "$-1"},
		{"SET a 3 NX XX", syntax},
		{"SET a 3 EX", syntax},
		{"SET a 3 EX 1 PX 1", syntax},
		{"SET a 3 EX 1 KEEPTTL", syntax},
		{"SET a 3 PERSIST", syntax},
		{"SET a 3 EX x", notInteger},
		{"SET a 3 EX 0", "-ERR invalid expire time in 'set' command"},
		{"SET a 3 PX -1", "-ERR invalid expire time in 'set' command"},
		{"SET a 3 EX 9223372036854775807", "-ERR invalid expire time in 'set' command"},
		{"SET a 3 PX 9223372036854775807", "-ERR invalid expire time in 'set' command"},
		{"SET a 3 PXAT 9223372036854775807", "+OK"},
		{"SET a 3 EX 10 EX 20", "+OK"},
		{"TTL a", ":20"},
		{"SET a 4 KEEPTTL", "+OK"},
		{"TTL a", ":20"},
		{"SET a 4", "+OK"},
		{"TTL a", ":-1"},
		{"SET a", arity("set")},
		{"SETEX a 0 1", "-ERR invalid expire time in 'setex' command"},
		{"SETEX a x 1", notInteger},
		{"SETEX a 5 1", "+OK"},
		{"PSETEX a 5500 1", "+OK"},
		{"TTL a", ":6"},
		{"PTTL a", ":5500"},
		{"EXPIRETIME a", ":1700000006"},
		{"PEXPIRETIME a", ":1700000005500"},
		{"SETNX a 1", ":0"},
		{"SETNX n 1", ":1"},
		{"GETSET n 2", "$1 1"},
		{"GETSET m 2", "$-1"},
		{"GETDEL m", "$1 2"},
		{"GETDEL m", "$-1"},
		{"GETEX n EX 100", "$1 2"},
		{"TTL n", ":100"},
		{"GETEX n PERSIST", "$1 2"},
		{"TTL n", ":-1"},
		{"GETEX n", "$1 2"},
		{"GETEX n EX 0", "-ERR invalid expire time in 'getex' command"},
		{"GETEX n EX z", notInteger},
		{"GETEX none EX 0", "$-1"},
		{"GETEX n NX", syntax},
		{"GETEX n EXAT 1", "$1 2"},
		{"EXISTS n", ":0"},
		{"MSET a 1 b 2 a 3", "+OK"},
		{"MSET a 1 b", arity("mset")},
		{"MGET a b z", "*3 $1 3 $1 2 $-1"},
		{"STRLEN a", ":1"},
		{"STRLEN z", ":0"},
		{"APPEND a bc", ":3"},
		{"APPEND z x", ":1"},
		{"INCR z", notInteger},
		{"INCR i", ":1"},
		{"INCRBY i 9223372036854775807", "-ERR increment or decrement would overflow"},
		{"INCRBY i 010", notInteger},
		{"DECR i", ":0"},
		{"DECRBY i 5", ":-5"},
		{"DECRBY i -9223372036854775808", "-ERR decrement would overflow"},
	})
}

func TestKeyReplies(t *testing.T) {
	run(t, newRig(nil), []step{
		{"MSET a 1 b 2 c 3", "+OK"},
		{"EXISTS a a z", ":2"},
		{"TOUCH a b z", ":2"},
		{"TYPE a", "+string"},
		{"TYPE z", "+none"},
		{"TTL z", ":-2"},
		{"PTTL a", ":-1"},
		{"EXPIRETIME z", ":-2"},
		{"PEXPIRETIME a", ":-1"},
		{"EXPIRE a 100", ":1"},
		{"EXPIRE a 50 GT", ":0"},
		{"EXPIRE a 200 LT", ":0"},
		{"EXPIRE a 200 NX", ":0"},
		{"EXPIRE b 200 XX", ":0"},
		{"EXPIRE b 200 GT", ":0"},
		{"EXPIRE b 200 LT", ":1"},
		{"EXPIRE a 200 XX GT", ":1"},
		{"EXPIRE a x", notInteger},
		{"EXPIRE a 100 FOO", "-ERR Unsupported option FOO"},
		{"EXPIRE a 100 NX XX", "-ERR NX and XX, GT or LT options at the same time are not compatible"},
		{"EXPIRE a 100 GT LT", "-ERR GT and LT options at the same time are not compatible"},
		{"EXPIRE a 9223372036854775", "-ERR invalid expire time in 'expire' command"},
		{"EXPIRE a -9223372036854776", "-ERR invalid expire time in 'expire' command"},
		{"PEXPIRE a 9223372036854775807", "-ERR invalid expire time in 'pexpire' command"},
		{"EXPIREAT a 9223372036854775807", "-ERR invalid expire time in 'expireat' command"},
		{"PEXPIREAT a 1700000099000", ":1"},
		{"TTL a", ":99"},
		{"PERSIST a", ":1"},
		{"PERSIST a", ":0"},
		{"PERSIST z", ":0"},
		{"EXPIRE a -1", ":1"},
		{"EXPIRE a -1", ":0"},
		{"SET a 1", "+OK"},
		{"EXPIREAT a 0 LT", ":1"},
		{"EXISTS a", ":0"},
		{"DEL a b b", ":1"},
		{"UNLINK c", ":1"},
		{"DBSIZE", ":0"},
		{"SET a 1", "+OK"},
		{"KEYS *", "*1 $1 a"},
		{"KEYS b*", "*0"},
		{"SCAN x", "-ERR invalid cursor"},
		{"SCAN 0 COUNT", syntax},
		{"SCAN 0 COUNT 0", syntax},
		{"SCAN 0 COUNT x", notInteger},
		{"SCAN 0 FOO 1", syntax},
		{"SCAN 0 COUNT 100 TYPE hash", "*2 $1 0 *0"},
		{"SCAN 0 COUNT 100 TYPE STRING", "*2 $1 0 *1 $1 a"},
		{"SCAN 0 COUNT 100 MATCH b", "*2 $1 0 *0"},
		{"SCAN 18446744073709551615", "*2 $1 0 *0"},
		{"FLUSHDB NOW", syntax},
		{"FLUSHDB ASYNC", "+OK"},
		{"DBSIZE", ":0"},
		{"FLUSHALL SYNC", "+OK"},
		{"FLUSHALL x y", syntax},
	})
}

func TestConnectionReplies(t *testing.T) {
	run(t, newRig(nil), []step{
		{"PING", "+PONG"},
		{"PING hi", "$2 hi"},
		{"PING a b", arity("ping")},
		{"ECHO", arity("echo")},
		{"SELECT x", notInteger},
		{"SELECT 16", "-ERR DB index is out of range"},
		{"SELECT -1", "-ERR DB index is out of range"},
		{"SELECT 99999999999", notInteger},
		{"SELECT 15", "+OK"},
		{"SET a 1", "+OK"},
		{"SELECT 0", "+OK"},
		{"GET a", "$-1"},
		{"AUTH x", "-ERR AUTH <password> called without any password configured for the default user. Are you sure your configuration is correct?"},
		{"AUTH default x", "+OK"},
		{"AUTH joe x", "-WRONGPASS invalid username-password pair or user is disabled."},
		{"AUTH a b c", syntax},
		{"HELLO", "*14 $6 server $5 redis $7 version $5 7.2.5 $5 proto :2 $2 id :1 $4 mode $10 standalone $4 role $6 master $7 modules *0"},
		{"HELLO 4", "-NOPROTO unsupported protocol version"},
		{"HELLO x", "-ERR Protocol version is not an integer or out of range"},
		{"HELLO 3 FOO", "-ERR Syntax error in HELLO option 'FOO'"},
		{"HELLO 3 SETNAME 'a b'", "-ERR Client names cannot contain spaces, newlines or special characters."},
		{"HELLO 3 AUTH default x SETNAME me", "%7 $6 server $5 redis $7 version $5 7.2.5 $5 proto :3 $2 id :1 $4 mode $10 standalone $4 role $6 master $7 modules *0"},
		{"CLIENT GETNAME", "$2 me"},
		{"GET a", "_"},
		{"MGET a", "*1 _"},
		{"CONFIG GET sav? maxm*", "%2 $9 maxmemory $1 0 $4 save $0"},
		{"RESET", "+RESET"},
		{"CLIENT GETNAME", "$-1"},
		{"CONFIG GET sav?", "*2 $4 save $0"},
		{"TIME", "*2 $10 1700000000 $1 0"},
	})
}

func TestAuthentication(t *testing.T) {
	r := newRig(nil)
	r.host.password = "secret"
	r.s = New(1, r.limits, r.host)
	run(t, r, []step{
		{"GET a", "-NOAUTH Authentication required."},
		{"GET", arity("get")},
		{"NOPE", "-ERR unknown command 'NOPE', with args beginning with:"},
		{"HELLO 3", "-" + errHelloAuth},
		{"HELLO 3 AUTH default x", "-" + errWrongPass},
		{"AUTH nope", "-" + errWrongPass},
		{"AUTH default secret", "+OK"},
		{"GET a", "$-1"},
		{"AUTH wrong", "-" + errWrongPass},
		{"GET a", "$-1"},
		{"RESET", "+RESET"},
		{"GET a", "-NOAUTH Authentication required."},
		{"AUTH secret", "+OK"},
		{"GET a", "$-1"},
	})
	r.s = New(1, r.limits, r.host)
	r.feed([]byte("HELLO 3 AUTH default secret\r\n"))
	if out := r.take(); !strings.HasPrefix(out, "%7\r\n") {
		t.Errorf("HELLO with AUTH answers %q", out)
	}
}

func TestQuitAnswersThenCloses(t *testing.T) {
	r := newRig(nil)
	r.hold = true
	r.feed([]byte("GET a\r\nQUIT\r\nPING\r\n"))
	if r.s.Closing() {
		t.Fatal("closes before all is answered")
	}
	r.release()
	expect(t, r.take(), "$-1\r\n+OK\r\n")
	if !r.s.Closing() {
		t.Fatal("does not close")
	}
}

func TestClientReplies(t *testing.T) {
	r := newRig(nil)
	run(t, r, []step{
		{"CLIENT", arity("client")},
		{"CLIENT ID", ":1"},
		{"CLIENT NOPE", "-ERR unknown subcommand 'NOPE'. Try CLIENT HELP."},
		{"CLIENT SETNAME", arity("client|setname")},
		{"CLIENT SETNAME me", "+OK"},
		{"CLIENT SETNAME 'a b'", "-" + errName},
		{"CLIENT SETINFO LIB-NAME go", "+OK"},
		{"CLIENT SETINFO lib-ver 1.2", "+OK"},
		{"CLIENT SETINFO lib-ver '1 2'", "-ERR lib-ver cannot contain spaces, newlines or special characters."},
		{"CLIENT SETINFO foo x", "-ERR Unrecognized option 'foo'"},
		{"CLIENT NO-EVICT ON", "+OK"},
		{"CLIENT NO-TOUCH x", syntax},
		{"CLIENT LIST TYPE x", "-ERR Unknown client type 'x'"},
		{"CLIENT LIST TYPE replica", "$0"},
		{"CLIENT LIST ID x", "-ERR Invalid client ID"},
		{"CLIENT LIST x", syntax},
		{"CLIENT KILL 3.3.3.3:3", "-ERR No such client"},
		{"CLIENT KILL ID x", "-ERR client-id should be greater than 0"},
		{"CLIENT KILL ID 2 FOO", syntax},
		{"CLIENT KILL TYPE x", "-ERR Unknown client type 'x'"},
		{"CLIENT KILL USER joe", "-ERR No such user 'joe'"},
		{"CLIENT KILL LADDR 9.9.9.9:9", ":1"},
	})
	if len(r.host.killed) != 1 || r.host.killed[0] != 2 {
		t.Errorf("killed %v, not the other client", r.host.killed)
	}
	line := "id=1 addr=1.1.1.1:1 laddr=9.9.9.9:9 fd=0 name=me age=0 idle=0 flags=e db=0 "
	for _, cmd := range []string{"CLIENT INFO", "CLIENT LIST", "CLIENT LIST ID 1"} {
		r.feed([]byte(cmd + "\r\n"))
		out := r.take()
		if !strings.Contains(out, line) || !strings.Contains(out, "lib-name=go lib-ver=1.2\n") {
			t.Errorf("%s answers %q", cmd, out)
		}
		if both := strings.Contains(out, "name=two"); both != (cmd == "CLIENT LIST") {
			t.Errorf("%s answers %q", cmd, out)
		}
	}
	run(t, r, []step{{"CLIENT KILL ID 1 SKIPME no", ":1"}})
	if !r.s.Closing() {
		t.Error("a client that kills itself is not closed")
	}
}

func TestServerReplies(t *testing.T) {
	r := newRig(nil)
	run(t, r, []step{
		{"FOO a 'b c'", "-ERR unknown command 'FOO', with args beginning with: 'a' 'b c'"},
		{`FOO "a\r\nb"`, "-ERR unknown command 'FOO', with args beginning with: 'a  b'"},
		{"CONFIG SET nope 1", "-ERR Unknown option or number of arguments for CONFIG SET - 'nope'"},
		{"CONFIG SET save bad", "-ERR CONFIG SET failed (possibly related to argument 'save') - is bad"},
		{"CONFIG SET save 1 save 2", "-ERR CONFIG SET failed (possibly related to argument 'save') - duplicate parameter"},
		{"CONFIG SET save 1 maxmemory", syntax},
		{"CONFIG SET SAVE '3600 1' maxmemory 7", "+OK"},
		{"CONFIG GET SAVE", "*2 $4 save $6 3600 1"},
		{"CONFIG RESETSTAT", "+OK"},
		{"COMMAND GETKEYS MSET a 1 b 2", "*2 $1 a $1 b"},
		{"COMMAND GETKEYS GET a b", "-ERR Invalid number of arguments specified for command"},
		{"COMMAND GETKEYS PING a", "-ERR The command has no key arguments"},
		{"COMMAND GETKEYS NOPE a", "-ERR Invalid command specified"},
		{"COMMAND INFO nope", "*1 *-1"},
		{"COMMAND LIST FILTERBY PATTERN getd*", "*1 $6 getdel"},
		{"COMMAND LIST FILTERBY MODULE x", "*0"},
		{"COMMAND LIST FILTERBY", syntax},
		{"COMMAND DOCS nope", "*0"},
		{"INFO keyspace", "$44 # Keyspace db1:keys=2,expires=0,avg_ttl=0"},
	})
	if r.host.resets != 1 {
		t.Error("CONFIG RESETSTAT resets nothing")
	}
	info := r.call("INFO")
	for _, field := range []string{"redis_version:7.", "redis_mode:standalone", "arch_bits:", "run_id:abc", "tcp_port:7", "loading:0", "role:master", "cluster_enabled:0", "# Keyspace"} {
		if !strings.Contains(info, field) {
			t.Errorf("INFO lacks %s", field)
		}
	}
}

func TestStoreReplies(t *testing.T) {
	run(t, newRig(nil), []step{
		{"DS SERVERS", "*2 *14 $6 number :0 $5 state $7 in-sync $4 owed :0 $4 keys :7 $8 store-id $32 ab000000000000000000000000000000 $5 since :1000 $4 slow :0" +
			" *14 $6 number :1 $5 state $4 away $4 owed :3 $4 keys $-1 $8 store-id $-1 $5 since $-1 $4 slow :0"},
		{"DS WHY a", "*6 $4 home :1 $6 copies *3" +
			" *12 $6 server :1 $5 state $6 behind $7 version $5 5.2.9 $4 kind $4 live $8 checksum $16 000000000000beef $4 owed :1" +
			" *12 $6 server :2 $5 state $7 in-sync $7 version $-1 $4 kind $4 none $8 checksum $-1 $4 owed :0" +
			" *12 $6 server :3 $5 state $4 away $7 version $-1 $4 kind $-1 $8 checksum $-1 $4 owed :0" +
			" $8 buffered :1"},
		{"DS CONVERGED", "*10 $9 converged :0 $4 owed :4 $5 dirty :5 $8 buffered :6 $9 proved-at :77"},
		{"DS KEYS", "*4 $4 keys *0 $8 complete :1"},
		{"DS", arity("ds")},
		{"DS NOPE", "-ERR unknown subcommand 'NOPE'. Try DS HELP."},
		{"HELLO 3", "%7 $6 server $5 redis $7 version $5 7.2.5 $5 proto :3 $2 id :1 $4 mode $10 standalone $4 role $6 master $7 modules *0"},
		{"DS CONVERGED", "%5 $9 converged :0 $4 owed :4 $5 dirty :5 $8 buffered :6 $9 proved-at :77"},
		{"DS KEYS", "%2 $4 keys *0 $8 complete :1"},
	})
}
