#!/bin/bash
#SBATCH -J "two words"
#SBATCH -A /fm -p sejong/h200,
#SBATCH -N 0 -n four -c -1
#SBATCH -N 4-2 -n 2.5 -c ''
#SBATCH --gres=gpu:4,shard:2 --gres=gpu: --gpus=:4 -G h200:x:4 --gpus-per-node=
#SBATCH --mem=64X --mem=0 --mem-per-cpu=-4
#SBATCH -t 1h -t UNLIMITED -t 0:00 -t 1-2-3
#SBATCH -a 0-99%5 --array=9-5
#SBATCH -d after:1 -d "afterok:1?afterok:2" --dependency=afterok
#SBATCH -o %u.out -e %4j
#SBATCH --signal=KILL@60 --signal=R:USR1 --signal=USR1@0
#SBATCH --open-mode=write --export=A-B=1 --nice=much --priority=TOP
srun hostname
