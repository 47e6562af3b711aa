#!/bin/bash
#SBATCH -w node[01-04]
#SBATCH --exclude=node05 -C "h100&nvlink"
#SBATCH --exclusive
#SBATCH --exclusive=user --qos=high -s
#SBATCH --reservation=the/exam --licenses=matlab:2
#SBATCH --hint=nomultithread --distribution=block:cyclic --contiguous --switches=1
#SBATCH --begin=now+1hour --deadline=2027-01-01 --time-min=10
#SBATCH --wrap="hostname" -W --parsable
#SBATCH -B 2:8:1 --ntasks-per-socket=4 --gpus-per-socket=2 --tmp=10G -i input.txt
#SBATCH -O -k --get-user-env -b 16:00
srun hostname
