// Package java stands in for pulumi-java's code generator, of which the docker-build plugin uses this one type to
// describe its Java SDK. The generator itself is not needed to run the plugin.
package java

// PackageInfo has the fields that the plugin sets.
type PackageInfo struct {
	BuildFiles                      string            `json:"buildFiles,omitempty"`
	GradleNexusPublishPluginVersion string            `json:"gradleNexusPublishPluginVersion,omitempty"`
	Dependencies                    map[string]string `json:"dependencies,omitempty"`
}
