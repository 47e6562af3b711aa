#!/bin/bash
#SBATCH --partion=sejong/h200
#SBATCH --gpu=4
#SBATCH --hold=yes -Z
#SBATCH hostname
#SBATCH --nodes
#SBATCH -J "open
#SBATCH hetjob
#SBATCH : --frobnicate
srun hostname
