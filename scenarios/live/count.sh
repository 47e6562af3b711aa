#!/bin/bash
#SBATCH --job-name=count
#SBATCH --account=robots
#SBATCH --mem=128M
#SBATCH --time=00:02:00
#SBATCH --output=out/live/words/%x.txt
# The second of the chain: how often each word is there.
set -euo pipefail
sort out/live/words/words | uniq -c | sort -rn > out/live/words/counts
echo "$(wc -l < out/live/words/counts) different words"
