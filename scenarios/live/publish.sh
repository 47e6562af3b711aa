#!/bin/bash
#SBATCH --job-name=publish
#SBATCH --account=robots
#SBATCH --mem=128M
#SBATCH --time=00:02:00
#SBATCH --output=out/live/words/%x.txt
# The third of the chain.
set -euo pipefail
echo "the most frequent words:" $(head -n 8 out/live/words/counts | awk '{ print $2 }')
