package caisson

import (
	"bytes"
	"context"
	"log/slog"
)

const logTarget = "plugin"

// LogHandler writes to the worker's log, whose lines carry connector and task without the plugin's doing. In a component it is
// [log/slog]'s default, so that slog.Info and package log write there.
func LogHandler() slog.Handler {
	text := &bytes.Buffer{}
	options := &slog.HandlerOptions{Level: slog.LevelDebug - 4, ReplaceAttr: withoutHead}
	return &logHandler{text: text, format: slog.NewTextHandler(text, options)}
}

// logHandler has slog's own handler write the attributes of a line.
type logHandler struct {
	text   *bytes.Buffer
	format slog.Handler
}

func withoutHead(groups []string, attribute slog.Attr) slog.Attr {
	head := attribute.Key == slog.TimeKey || attribute.Key == slog.LevelKey || attribute.Key == slog.MessageKey
	if len(groups) == 0 && head {
		return slog.Attr{}
	}
	return attribute
}

func levelName(level slog.Level) string {
	switch {
	case level >= slog.LevelError:
		return "error"
	case level >= slog.LevelWarn:
		return "warn"
	case level >= slog.LevelInfo:
		return "info"
	case level >= slog.LevelDebug:
		return "debug"
	}
	return "trace"
}

func (h *logHandler) Enabled(_ context.Context, level slog.Level) bool {
	return worker().LogEnabled(levelName(level))
}

func (h *logHandler) Handle(ctx context.Context, line slog.Record) error {
	h.text.Reset()
	if err := h.format.Handle(ctx, line); err != nil {
		return err
	}
	message := line.Message
	if attributes := bytes.TrimSpace(h.text.Bytes()); len(attributes) > 0 {
		message += " " + string(attributes)
	}
	worker().Log(levelName(line.Level), logTarget, message)
	return nil
}

func (h *logHandler) WithAttrs(attributes []slog.Attr) slog.Handler {
	return &logHandler{h.text, h.format.WithAttrs(attributes)}
}

func (h *logHandler) WithGroup(name string) slog.Handler {
	return &logHandler{h.text, h.format.WithGroup(name)}
}
