// pulumi-resource-command is a stand-in for Pulumi's command plugin, for hosts that cannot download the official one.
// It offers the one resource that knflow uses, command:local:Command, as documented at
// https://www.pulumi.com/registry/packages/command/api-docs/local/command/.
package main

import (
	"context"
	"fmt"
	"os"

	"github.com/pulumi/pulumi-go-provider/infer"
)

// version is that of the official plugin whose documented behaviour this one has.
const version = "1.2.1"

func main() {
	provider, err := infer.NewProviderBuilder().
		WithDisplayName("command").
		WithDescription("Stand-in for the official command plugin: command:local:Command.").
		WithResources(infer.Resource(&Command{})).
		Build()
	if err == nil {
		err = provider.Run(context.Background(), "command", version)
	}
	if err != nil {
		fmt.Fprintf(os.Stderr, "pulumi-resource-command: %v\n", err)
		os.Exit(1)
	}
}
