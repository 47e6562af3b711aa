#!/bin/bash
#SBATCH --job-name=collect
#SBATCH --account=robots
#SBATCH --mem=128M
#SBATCH --time=00:02:00
#SBATCH --output=out/live/words/%x.txt
# The first of a chain of three batch scripts, as a Slurm user has them: all the words of the documents of Dure.
set -euo pipefail
cat docs/*.md | tr -cs 'A-Za-z' '\n' | tr 'A-Z' 'a-z' > out/live/words/words
echo "$(wc -l < out/live/words/words) words"
