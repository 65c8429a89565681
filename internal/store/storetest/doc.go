// Package storetest owns the conformance suite that every implementation of the store port passes.
package storetest
