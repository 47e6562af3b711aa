"""What the jobs of check.sh do on a GPU, with PyTorch; without one that they may use, on the CPU.

  gpu.py compute [NAME OTHER]  multiplies two matrices; waits, if given, until the other has come as far as this one
  gpu.py hold MIB              takes so much of the GPU's memory, and sleeps
  gpu.py burn SECONDS          keeps the GPU busy
  gpu.py train STEPS           learns a matrix; USR1 has it keep what it has learnt and end
"""

import os
import signal
import sys
import time

os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")  # before CUDA begins: the same sums in every run

import torch

device = "cuda" if torch.cuda.is_available() else "cpu"


def say(*words):
    print(*words, flush=True)


def finish():
    if device == "cuda":
        torch.cuda.synchronize()


def compute(own=None, other=None):
    torch.manual_seed(1)
    left = torch.randint(-8, 8, (512, 512), device=device).float()
    right = torch.randint(-8, 8, (512, 512), device=device).float()
    found = (left @ right).double()  # whole numbers, and small: exact in whatever order they are added
    expected = left.double() @ right.double()
    name = torch.cuda.get_device_name(0) if device == "cuda" else "none"
    say("device", device, "count", torch.cuda.device_count(), "name", name.replace(" ", "-"))
    say("product", "right" if torch.equal(found, expected) else "wrong")
    if own is None:
        return
    open(own, "w").close()
    for _ in range(600):
        if os.path.exists(other):
            return say("beside the other")
        time.sleep(0.1)
    sys.exit("the other has not come")


def hold(mib):
    kept = torch.ones(int(mib) << 20, dtype=torch.uint8, device=device)
    finish()
    say("holds", kept.numel() >> 20, "MiB", "process", os.getpid())
    time.sleep(600)


def burn(seconds):
    matrix = torch.randn(4096, 4096, device=device)
    say("burns")
    end = time.monotonic() + float(seconds)
    while time.monotonic() < end:
        for _ in range(20):
            matrix @ matrix
        finish()


def step(model, teacher, optimizer, number):
    torch.manual_seed(number)
    batch = torch.randn(256, 64, device=device)
    loss = torch.nn.functional.mse_loss(model(batch), batch @ teacher)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.item()


def train(steps):
    asked_to_leave = []
    signal.signal(signal.SIGUSR1, lambda *_: asked_to_leave.append(True))
    torch.use_deterministic_algorithms(True)
    torch.manual_seed(0)
    teacher = torch.randn(64, 16, device=device)
    model = torch.nn.Sequential(torch.nn.Linear(64, 128), torch.nn.ReLU(), torch.nn.Linear(128, 16)).to(device)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
    path = os.path.join(os.environ["DURE_CHECKPOINT_DIR"], "state")
    begun = 0
    if os.path.exists(path):
        state = torch.load(path, map_location=device)
        model.load_state_dict(state["model"])
        optimizer.load_state_dict(state["optimizer"])
        begun = state["step"]
        say("goes on at step", begun)
    for number in range(begun, int(steps)):
        loss = step(model, teacher, optimizer, number)
        say("step", number + 1)
        time.sleep(0.1)  # so that there is time to evict it
        if asked_to_leave:
            torch.save({"model": model.state_dict(), "optimizer": optimizer.state_dict(), "step": number + 1}, path + ".new")
            os.replace(path + ".new", path)
            return say("keeps step", number + 1)
    say("trained on", device, "loss", loss.hex())


if __name__ == "__main__":
    {"compute": compute, "hold": hold, "burn": burn, "train": train}[sys.argv[1]](*sys.argv[2:])
