# METADATA
# title: No disallowed licence
# description: >-
#   Every package of every SBOM is under a licence that `licences.allow` and `licences.deny` permit: of a choice
#   (`OR`) one, of a conjunction (`AND`) each. Entries are SPDX identifiers, or begin one and end in `*`; `deny`
#   goes before `allow`; an empty `allow` allows what is not denied.
# custom:
#   severity: high
#   failure_msg: "The package {name} {version} is under {licence}."
#   solution: >-
#     Replace the package, get another licence for it, or take the licence into `licences.allow`.
#   requires: [sbom.read]
package rules.licence.disallowed

import data.lib
import data.lib.licences
import future.keywords.not

about := rego.metadata.chain()

deny contains lib.finding(package_, package_.content.name, {
	"name": package_.content.name,
	"version": package_.content.version,
	"licence": expression,
}) if {
	some package_ in lib.packages
	some expression in package_.content.licences
	licences.disallowed[expression]
}

deny contains {"msg": "Neither licences.allow nor licences.deny names a licence: this rule could find nothing."} if {
	count(data.config.licences.allow) == 0
	count(data.config.licences.deny) == 0
}
