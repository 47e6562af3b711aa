#!/bin/bash
#SBATCH --nodes=3 --gpus=8
#SBATCH --cpus-per-task=4 --cpus-per-gpu=2
#SBATCH --mem=4G
#SBATCH --mem-per-gpu=4G
srun hostname
