// Package stack owns a Compose project of its own: brought up on ports from the kernel, broken on demand, removed without trace.
package stack
