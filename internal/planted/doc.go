// Package planted owns the bugs that are put in on purpose.
//
// They exist under the build tag "planted" only: without it On is the constant false, and what hangs on it is not
// compiled. The campaign must catch each of them (internal/sim/campaign, make planted).
package planted
