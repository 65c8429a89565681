// Package audit owns the last look at a healed store: what each server holds of every key, read while no other server is up.
package audit
