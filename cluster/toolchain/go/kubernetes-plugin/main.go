// pulumi-resource-kubernetes built from its own module. The module's main package embeds two files that are generated
// when the plugin is released and are not in the module; the build puts the files they are generated from beside this
// file (see cluster/toolchain/go-build.ts).
package main

import (
	_ "embed"
	"strings"

	"github.com/pulumi/pulumi-kubernetes/provider/v4/pkg/provider"
)

// version is set by the linker.
var version string

//go:embed schema.json
var schema string

//go:embed terraform-mapping.json
var terraformMapping []byte

func main() {
	// The released plugin's schema tells its version, the one in the module does not.
	versioned := strings.Replace(schema, "{", `{"version":"`+version+`",`, 1)
	provider.Serve("kubernetes", version, []byte(versioned), terraformMapping)
}
