// Package timeline owns the course of a run: who was broken when, what the store said of itself meanwhile.
package timeline
