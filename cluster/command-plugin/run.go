package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"

	"github.com/gobwas/glob"
	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi-go-provider/infer/types"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// run runs a command with the inputs in state, and puts what it produced there.
func run(ctx context.Context, command string, state *CommandState, previous *CommandState) error {
	interpreter := state.Interpreter
	if len(interpreter) == 0 {
		interpreter = []string{"/bin/sh", "-c"}
	}
	args := append(append([]string{}, interpreter[1:]...), command)
	cmd := exec.CommandContext(ctx, interpreter[0], args...)
	cmd.Env = environment(state, previous)
	if state.Dir != nil {
		cmd.Dir = *state.Dir
	}
	if state.Stdin != nil {
		cmd.Stdin = strings.NewReader(*state.Stdin)
	}

	var stdout, stderr, both bytes.Buffer
	shown := newShown(ctx, state.Logging)
	locked := &lockedWriter{writer: &both}
	cmd.Stdout = io.MultiWriter(&stdout, locked, shown.stdout)
	cmd.Stderr = io.MultiWriter(&stderr, locked, shown.stderr)
	err := cmd.Run()
	shown.close()
	if err != nil {
		return fmt.Errorf("%w: running %q:\n%s", err, command, both.String())
	}
	state.Stdout = strings.TrimSuffix(stdout.String(), "\n")
	state.Stderr = strings.TrimSuffix(stderr.String(), "\n")
	return collect(state)
}

func environment(state *CommandState, previous *CommandState) []string {
	env := os.Environ()
	for name, value := range state.Environment {
		env = append(env, name+"="+value)
	}
	if previous != nil && (state.AddPreviousOutputInEnv == nil || *state.AddPreviousOutputInEnv) {
		if previous.Stdout != "" {
			env = append(env, "PULUMI_COMMAND_STDOUT="+previous.Stdout)
		}
		if previous.Stderr != "" {
			env = append(env, "PULUMI_COMMAND_STDERR="+previous.Stderr)
		}
	}
	return env
}

// collect gathers the files that the command left, as assets and as one archive.
func collect(state *CommandState) error {
	dir := "."
	if state.Dir != nil {
		dir = *state.Dir
	}
	state.Assets, state.Archive = nil, nil
	if state.AssetPaths != nil {
		paths, err := matching(dir, state.AssetPaths)
		if err != nil {
			return err
		}
		state.Assets = map[string]types.AssetOrArchive{}
		for _, path := range paths {
			asset, err := resource.NewPathAsset(filepath.Join(dir, path))
			if err != nil {
				return err
			}
			state.Assets[path] = types.AssetOrArchive{Asset: asset}
		}
	}
	if state.ArchivePaths != nil {
		paths, err := matching(dir, state.ArchivePaths)
		if err != nil {
			return err
		}
		assets := map[string]any{}
		for _, path := range paths {
			asset, err := resource.NewPathAsset(filepath.Join(dir, path))
			if err != nil {
				return err
			}
			assets[path] = asset
		}
		archive, err := resource.NewAssetArchive(assets)
		if err != nil {
			return err
		}
		state.Archive = &types.AssetOrArchive{Archive: archive}
	}
	return nil
}

// matching lists the files below dir that the rules choose: in order, a rule with "!" takes files out again.
func matching(dir string, rules []string) ([]string, error) {
	type rule struct {
		glob    glob.Glob
		include bool
	}
	compiled := make([]rule, 0, len(rules))
	for _, text := range rules {
		pattern, exclude := strings.CutPrefix(text, "!")
		g, err := glob.Compile(pattern, '/')
		if err != nil {
			return nil, fmt.Errorf("glob %q: %w", text, err)
		}
		compiled = append(compiled, rule{g, !exclude})
	}
	var paths []string
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		relative, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		relative = filepath.ToSlash(relative)
		chosen := false
		for _, rule := range compiled {
			if rule.glob.Match(relative) {
				chosen = rule.include
			}
		}
		if chosen {
			paths = append(paths, relative)
		}
		return nil
	})
	return paths, err
}

// shown passes a command's lines on to who watches the update, while it runs.
type shown struct {
	stdout, stderr io.Writer
	close          func()
}

func newShown(ctx context.Context, logging *Logging) shown {
	mode := LogStdoutAndStderr
	if logging != nil {
		mode = *logging
	}
	var group sync.WaitGroup
	var writers []*io.PipeWriter
	stream := func(active bool) io.Writer {
		if !active {
			return io.Discard
		}
		reader, writer := io.Pipe()
		writers = append(writers, writer)
		group.Add(1)
		go func() {
			defer group.Done()
			lines := bufio.NewReader(reader)
			for {
				line, err := lines.ReadString('\n')
				if text := strings.TrimRight(line, "\r\n"); text != "" {
					p.GetLogger(ctx).InfoStatus(text)
				}
				if err != nil {
					return
				}
			}
		}()
		return writer
	}
	out := stream(mode == LogStdout || mode == LogStdoutAndStderr)
	errs := stream(mode == LogStderr || mode == LogStdoutAndStderr)
	return shown{out, errs, func() {
		for _, writer := range writers {
			_ = writer.Close()
		}
		group.Wait()
	}}
}

// lockedWriter takes both streams of a command, which write at the same time.
type lockedWriter struct {
	mutex  sync.Mutex
	writer io.Writer
}

func (w *lockedWriter) Write(data []byte) (int, error) {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	return w.writer.Write(data)
}
