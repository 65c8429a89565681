// Package campaign owns random histories of the simulated world.
//
// A seed draws a plan (params.go, plan.go): every parameter, then a list of steps. A run (run.go) carries the plan out in
// a world of its own: first under faults (faults_*.go), then it heals everything and judges (heal.go, judge.go). A step
// says all that it needs, so that a plan from which steps were taken out still runs: that is how a failing plan is shrunk
// (shrink.go). The runner (runner.go) runs many seeds at a time and counts the rare states they reached (coverage.go).
package campaign
