// Package payload owns values that tell by themselves who wrote them, each with a checksum.
package payload
