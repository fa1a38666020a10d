#!/usr/bin/env bash
# A peer: the plan as a script of curl and jq, in the strongest form: four requests, one jq. It reads JSON, not YAML.
#   benchmarks/shell.sh DECLARED.json URL
set -euo pipefail
declared=$1 url=$2
ask() { curl --silent --fail --user bench:bench "$url$1"; }
at=/companies/$(ask /companies/current | jq --raw-output .id)/clusters
at+=/$(ask "$at" | jq --raw-output '.data[0].id')
jq --null-input --raw-output --slurpfile declared "$declared" \
  --slurpfile services <(ask "$at/services") --slurpfile configs <(ask "$at/configs") '
  {services: $services[0].data, configs: $configs[0].data} as $live
  | [ ("services", "configs") as $section
      | ($live[$section] | map({(.name): .}) | add // {}) as $there
      | $declared[0][$section] | to_entries[]
      | . as $one
      | select(any($one.value | to_entries[]; $there[$one.key][.key] != .value))
      | "\($section) \($one.key)" ]
  | .[], "\(length) changes"'
