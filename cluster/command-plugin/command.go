package main

import (
	"context"

	"github.com/pulumi/pulumi-go-provider/infer"
	"github.com/pulumi/pulumi-go-provider/infer/types"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// Command is the resource command:local:Command. What changed and what is unknown at preview follows the framework's
// rules, as in the official plugin: any changed input is an update, every output depends on every input, and a changed
// trigger replaces the resource because the SDK asks for that (replaceOnChanges).
type Command struct{}

// CommandArgs are the inputs of a Command.
type CommandArgs struct {
	// Create runs at creation, and at an update where Update is not given.
	Create *string `pulumi:"create,optional"`
	// Update runs when inputs changed.
	Update *string `pulumi:"update,optional"`
	// Delete runs at deletion, with the inputs of the last create or update.
	Delete *string `pulumi:"delete,optional"`
	// Interpreter is the program, with its arguments, that gets the command as its last argument; /bin/sh -c by default.
	Interpreter []string `pulumi:"interpreter,optional"`
	// Dir is where the command runs; it fails where that is not there.
	Dir *string `pulumi:"dir,optional"`
	// Environment is added to the plugin's own.
	Environment map[string]string `pulumi:"environment,optional"`
	// Stdin is the command's standard input.
	Stdin *string `pulumi:"stdin,optional"`
	// Triggers replace the resource when one of them changes.
	Triggers []any `pulumi:"triggers,optional"`
	// Logging says which of the command's streams are shown while it runs.
	Logging *Logging `pulumi:"logging,optional"`
	// AddPreviousOutputInEnv passes the last run's streams on as PULUMI_COMMAND_STDOUT and PULUMI_COMMAND_STDERR.
	AddPreviousOutputInEnv *bool `pulumi:"addPreviousOutputInEnv,optional"`
	// AssetPaths are globs of files that become assets after the command.
	AssetPaths []string `pulumi:"assetPaths,optional"`
	// ArchivePaths are globs of files that become one archive after the command.
	ArchivePaths []string `pulumi:"archivePaths,optional"`
}

// CommandState is what is known of a Command after it ran.
type CommandState struct {
	CommandArgs
	Stdout  string                          `pulumi:"stdout"`
	Stderr  string                          `pulumi:"stderr"`
	Assets  map[string]types.AssetOrArchive `pulumi:"assets,optional"`
	Archive *types.AssetOrArchive           `pulumi:"archive,optional"`
}

// Annotate gives the resource its documented token.
func (c *Command) Annotate(a infer.Annotator) {
	a.SetToken("local", "Command")
	a.Describe(c, "A local command to be executed.")
}

// Create runs the create command.
func (c *Command) Create(
	ctx context.Context, req infer.CreateRequest[CommandArgs],
) (infer.CreateResponse[CommandState], error) {
	state := CommandState{CommandArgs: req.Inputs}
	if req.DryRun {
		return infer.CreateResponse[CommandState]{Output: state}, nil
	}
	id, err := resource.NewUniqueHex(req.Name, 8, 0)
	if err != nil {
		return infer.CreateResponse[CommandState]{}, err
	}
	if req.Inputs.Create != nil {
		if err := run(ctx, *req.Inputs.Create, &state, nil); err != nil {
			return infer.CreateResponse[CommandState]{}, err
		}
	}
	return infer.CreateResponse[CommandState]{ID: id, Output: state}, nil
}

// Update runs the update command or, where there is none, the create command.
func (c *Command) Update(
	ctx context.Context, req infer.UpdateRequest[CommandArgs, CommandState],
) (infer.UpdateResponse[CommandState], error) {
	state := CommandState{CommandArgs: req.Inputs, Stdout: req.State.Stdout, Stderr: req.State.Stderr}
	command := req.Inputs.Update
	if command == nil {
		command = req.Inputs.Create
	}
	if !req.DryRun && command != nil {
		if err := run(ctx, *command, &state, &req.State); err != nil {
			return infer.UpdateResponse[CommandState]{}, err
		}
	}
	return infer.UpdateResponse[CommandState]{Output: state}, nil
}

// Delete runs the delete command with the inputs of the last create or update.
func (c *Command) Delete(
	ctx context.Context, req infer.DeleteRequest[CommandState],
) (infer.DeleteResponse, error) {
	if req.State.Delete == nil {
		return infer.DeleteResponse{}, nil
	}
	last := req.State
	return infer.DeleteResponse{}, run(ctx, *req.State.Delete, &req.State, &last)
}

// WireDependencies makes what a command produced secret where one of its inputs is; the framework would keep only the
// inputs themselves secret.
func (c *Command) WireDependencies(f infer.FieldSelector, args *CommandArgs, state *CommandState) {
	for _, output := range []any{&state.Stdout, &state.Stderr, &state.Assets, &state.Archive} {
		f.OutputField(output).DependsOn(f.InputField(args).Secret())
	}
}

// Logging is which streams are shown while a command runs.
type Logging string

const (
	LogStdout          Logging = "stdout"
	LogStderr          Logging = "stderr"
	LogStdoutAndStderr Logging = "stdoutAndStderr"
	LogNone            Logging = "none"
)

// Values lists what logging can be, for the schema.
func (Logging) Values() []infer.EnumValue[Logging] {
	return []infer.EnumValue[Logging]{
		{Name: "stdout", Value: LogStdout, Description: "Show standard output alone."},
		{Name: "stderr", Value: LogStderr, Description: "Show standard error alone."},
		{Name: "stdoutAndStderr", Value: LogStdoutAndStderr, Description: "Show both."},
		{Name: "none", Value: LogNone, Description: "Show neither."},
	}
}
