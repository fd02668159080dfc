# METADATA
# title: No denied package
# description: >-
#   No SBOM lists a package that `packages.deny` names. In `name`, `version` and `purl` one `*` stands for any
#   characters but `/`, `**` for any; what is empty fits everything.
# custom:
#   severity: high
#   failure_msg: "The package {name} {version} is denied. {reason}"
#   solution: >-
#     Replace the package, or take it out of `packages.deny`.
#   requires: [sbom.read]
package rules.sbom.denied_package

import data.lib
import data.lib.text
import future.keywords.not

about := rego.metadata.chain()

deny contains lib.finding(package_, package_.content.name, {
	"name": package_.content.name,
	"version": package_.content.version,
	"reason": entry.reason,
}) if {
	some package_ in lib.packages
	some entry in data.config.packages.deny
	_fits(entry.name, package_.content.name)
	_fits(entry.version, package_.content.version)
	_fits(entry.purl, package_.content.purl)
}

_fits("", _)

_fits(pattern, value) if text.matches(pattern, value)

deny contains {"msg": "packages.deny names no package: this rule could find nothing."} if count(data.config.packages.deny) == 0
