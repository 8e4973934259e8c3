#!/bin/sh
# A first look: land the examples through the Prefect flow, ask one question, show where the report is.
set -eu
cd "$(dirname "$0")/.."
lake=demo.lake

rm -rf "$lake"
echo "Reading examples/ into $lake. One of them, damaged.csv, is damaged on purpose: three of its five rows can't be read"
echo "and are set aside with their reasons, so the share allowed is raised here to a quarter."
echo
copydesk ingest examples --lake "$lake" --quarantine-threshold 0.25

echo
echo "What landed:"
copydesk sql --lake "$lake" "
  SELECT f.path, f.records_in AS records, f.landed, f.quarantined AS set_aside, f.dialect FROM files f ORDER BY f.path"

echo
echo "Who reported from where, by the datelines, bylines and sign-offs:"
copydesk sql --lake "$lake" "
  SELECT a.located, a.country, a.dateline_agency AS agency, string_agg(DISTINCT c.name, ', ' ORDER BY c.name) AS people
  FROM articles a JOIN contributors c USING (article_id)
  WHERE a.located IS NOT NULL GROUP BY ALL ORDER BY ALL"

echo
echo "The data-quality report:"
copydesk report --lake "$lake"
echo
echo "Next: copydesk quarantine list --lake $lake    what was set aside, and why"
echo "      copydesk show w-102 --lake $lake         every value marked in the text it was read from"
