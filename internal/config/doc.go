// Package config owns the settings of the programs: flags, environment variables and their faults.
package config
