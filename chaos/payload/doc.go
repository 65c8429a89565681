// Package payload owns values that tell by themselves who wrote them, and whether they are whole.
package payload
