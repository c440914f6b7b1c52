// The Node.js language host of the last release whose module can be had, made to heed a project's options: it takes them as
// flags, while the CLI of today gives them with each request. Without them it would load a compiler of TypeScript on
// every run. The build puts the host's own files beside this one (see cluster/toolchain/go-build.ts).
package main

import (
	"os"
	"slices"
	"strconv"

	"github.com/pulumi/pulumi/sdk/v3/go/common/workspace"
	"gopkg.in/yaml.v3"
)

// init runs before main reads the flags. The CLI starts the host in the project's folder.
func init() {
	options := projectOptions()
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

// projectOptions reads nothing but the runtime's options: the SDK of the host's release refuses projects that declare their
// settings as today's CLI allows it. Without a project, and without options, the host has its defaults.
func projectOptions() map[string]any {
	path, err := workspace.DetectProjectPath()
	if err != nil {
		return nil
	}
	content, err := os.ReadFile(path)
	if err != nil {
		return nil
	}
	var project struct {
		Runtime struct {
			Options map[string]any `yaml:"options"`
		} `yaml:"runtime"`
	}
	if yaml.Unmarshal(content, &project) != nil {
		return nil
	}
	return project.Runtime.Options
}
