# METADATA
# title: No unknown licence
# description: >-
#   Every package of every SBOM is under a licence that can be judged: neither `NOASSERTION`, `NONE` nor free
#   text, and no `LicenseRef-` that neither `licences.allow` nor `licences.deny` names. `licences.unknown` says
#   what follows: `deny`, `warn` or `ignore`. The package that stands for the whole subject need not have one.
# custom:
#   severity: medium
#   failure_msg: "The licence of the package {name} {version} is not known: {licence}."
#   solution: >-
#     Find out, and write it into the SBOM; or name the `LicenseRef-` in `licences.allow`.
#   requires: [sbom.read]
package rules.licence.unknown

import data.lib
import data.lib.licences
import future.keywords.not

about := rego.metadata.chain()

deny contains object.union(finding, {"advice": data.config.licences.unknown == "warn"}) if {
	data.config.licences.unknown != "ignore"
	some package_ in lib.packages
	package_.content.scope != "subject"
	some expression in package_.content.licences
	licences.unknown[expression]
	finding := lib.finding(package_, package_.content.name, {
		"name": package_.content.name,
		"version": package_.content.version,
		"licence": expression,
	})
}
