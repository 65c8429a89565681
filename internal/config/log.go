package config

import (
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
)

// Log is how a program logs.
type Log struct {
	Console bool
	Level   zapcore.Level
}

func (l *logFlags) read(f *faults) Log {
	console := f.choice("log", l.Log, "json", "console") == "console"
	level := f.choice("log-level", l.LogLevel, "debug", "info", "warn", "error")
	parsed, _ := zapcore.ParseLevel(level) // a fault was noted if it is none
	return Log{Console: console, Level: parsed}
}

// Logger writes to standard error: one JSON object a line, or text for people.
func (l Log) Logger() *zap.Logger {
	encoding := zap.NewProductionEncoderConfig()
	encoding.EncodeTime = zapcore.ISO8601TimeEncoder
	c := zap.Config{
		Level: zap.NewAtomicLevelAt(l.Level), Encoding: "json", EncoderConfig: encoding,
		OutputPaths: []string{"stderr"}, ErrorOutputPaths: []string{"stderr"}, DisableCaller: true, DisableStacktrace: true,
	}
	if l.Console {
		c.Encoding, c.EncoderConfig.EncodeLevel = "console", zapcore.CapitalLevelEncoder
	}
	return zap.Must(c.Build()) // fails only for an unknown encoding or path
}
