// Package codegen stands in for pulumi-dotnet's code generator, of which the docker-build plugin uses this one type to
// describe its .NET SDK. The generator itself is not needed to run the plugin.
package codegen

// CSharpPackageInfo has the fields that the plugin sets.
type CSharpPackageInfo struct {
	RespectSchemaVersion bool              `json:"respectSchemaVersion,omitempty"`
	PackageReferences    map[string]string `json:"packageReferences,omitempty"`
}
