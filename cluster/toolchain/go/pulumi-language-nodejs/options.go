// The Node.js language host of the last release whose module can be had, made to heed a project's options: it takes them as
// flags, while the CLI of today gives them with each request. Without them it would load a compiler of TypeScript on
// every run. The build puts the host's own files beside this one (see cluster/toolchain/go-build.ts).
package main

import (
	"os"
	"slices"
	"strconv"

	"github.com/pulumi/pulumi/sdk/v3/go/common/workspace"
)

// init runs before main reads the flags. The CLI starts the host in the project's folder.
func init() {
	project, err := workspace.DetectProject()
	if err != nil {
		return // No project is no options: the host has its defaults.
	}
	options := project.Runtime.Options()
	var flags []string
	if typescript, ok := options["typescript"].(bool); ok {
		flags = append(flags, "-typescript="+strconv.FormatBool(typescript))
	}
	for _, name := range []string{"nodeargs", "tsconfig"} {
		if value, ok := options[name].(string); ok {
			flags = append(flags, "-"+name+"="+value)
		}
	}
	os.Args = slices.Insert(os.Args, 1, flags...)
}
