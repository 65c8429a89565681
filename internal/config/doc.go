// Package config owns the settings of the programs: flags, environment variables, their faults.
package config
