package campaign
import ("testing";"os";"strconv")
func TestProf(t *testing.T){ n,_:=strconv.Atoi(os.Getenv("PROF")); if n==0 {t.Skip()}
 (Options{First:70_000_000,Seeds:uint64(n),Workers:1,Stop:100}).Run() }
