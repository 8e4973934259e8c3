#!/bin/sh
# A first look: land the examples through the Prefect flow, ask two questions, show where the report is.
set -eu
cd "$(dirname "$0")/.."
lake=demo.lake

rm -rf "$lake"
echo "Reading examples/, three dozen small files in two dozen formats, into $lake. One of them, damaged.csv, is damaged on purpose:"
echo "two of its rows can't be read and are set aside with their reasons."
echo
copydesk ingest examples --lake "$lake"

echo
echo "What landed:"
copydesk sql --lake "$lake" "
  SELECT path, concat_ws(': ', format, dialect) AS read_as, encoding, records_in AS records, landed, quarantined AS set_aside
  FROM files ORDER BY path"

echo
echo "Who reported from where, by the datelines, bylines and sign-offs:"
copydesk sql --lake "$lake" "
  SELECT a.located, coalesce(a.country, '') AS country, a.dateline_agency AS agency, string_agg(DISTINCT c.name, ', ' ORDER BY c.name) AS people
  FROM articles a JOIN contributors c USING (article_id)
  WHERE a.located IS NOT NULL GROUP BY ALL ORDER BY ALL"

echo
echo "The data-quality report, a page for any browser:"
ls "$lake/reports/latest/index.html"
echo
echo "Next: .venv/bin/copydesk quarantine list --lake $lake   what was set aside, and why"
echo "      .venv/bin/copydesk show w-102 --lake $lake        every value marked in the text it was read from"
