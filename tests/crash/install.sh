#!/bin/sh
# What the experiments use beside Python, on Debian and Ubuntu. Without it they say what they leave out.
set -eu
apt-get update -qq
apt-get install -qq -y --no-install-recommends strace faketime
