#include "dure/launcher/gpu_fence.h"

#include <fcntl.h>
#include <linux/bpf.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <vector>

#include "dure/engine/fd.h"
#include "dure/engine/record.h"

namespace dure::launcher {
namespace {

// Of the driver: /dev/nvidia0 and so on. Source: NV_MAJOR_DEVICE_NUMBER of NVIDIA's open kernel modules, and
// `devices.txt` of the kernel. Above these minor numbers lie what is no GPU: modeset and the control device.
constexpr std::int32_t gpu_major = 195;
constexpr std::int32_t first_other_minor = 254;
constexpr std::size_t most_minors = 1'000;  // so that the program stays within what any kernel takes

// A small program in the kernel's own instructions: it gets a bpf_cgroup_dev_ctx in register 1 and answers in register
// 0 whether the device may be used.
constexpr std::uint8_t answer = BPF_REG_0;
constexpr std::uint8_t context = BPF_REG_1;
constexpr std::uint8_t value = BPF_REG_2;

bpf_insn load(std::size_t offset) {
  return {.code = BPF_LDX | BPF_MEM | BPF_W,
          .dst_reg = value,
          .src_reg = context,
          .off = static_cast<std::int16_t>(offset),
          .imm = 0};
}

bpf_insn keep_low_half() {
  return {.code = BPF_ALU | BPF_AND | BPF_K, .dst_reg = value, .src_reg = 0, .off = 0, .imm = 0xffff};
}

// Skips so many instructions if `value` compares so with the number.
bpf_insn skip_if(std::uint8_t comparison, std::int32_t number, std::size_t count) {
  return {.code = static_cast<std::uint8_t>(BPF_JMP | comparison | BPF_K),
          .dst_reg = value,
          .src_reg = 0,
          .off = static_cast<std::int16_t>(count),
          .imm = number};
}

bpf_insn answer_with(std::int32_t number) {
  return {.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = answer, .src_reg = 0, .off = 0, .imm = number};
}

bpf_insn leave() { return {.code = BPF_JMP | BPF_EXIT, .dst_reg = 0, .src_reg = 0, .off = 0, .imm = 0}; }

std::vector<bpf_insn> program_for(std::span<const std::uint32_t> minors) {
  // To where it says yes, which is behind all comparisons and the two instructions that say no.
  const auto to_yes = [&](std::size_t comparisons_left) { return comparisons_left + 2; };
  std::vector<bpf_insn> program{
      load(offsetof(bpf_cgroup_dev_ctx, access_type)),
      keep_low_half(),
      skip_if(BPF_JNE, BPF_DEVCG_DEV_CHAR, to_yes(minors.size() + 4)),
      load(offsetof(bpf_cgroup_dev_ctx, major)),
      skip_if(BPF_JNE, gpu_major, to_yes(minors.size() + 2)),
      load(offsetof(bpf_cgroup_dev_ctx, minor)),
      skip_if(BPF_JGE, first_other_minor, to_yes(minors.size())),
  };
  for (std::size_t i = 0; i < minors.size(); ++i) {
    program.push_back(skip_if(BPF_JEQ, static_cast<std::int32_t>(minors[i]), to_yes(minors.size() - i - 1)));
  }
  program.insert(program.end(), {answer_with(0), leave(), answer_with(1), leave()});
  return program;
}

long call(bpf_cmd command, bpf_attr& attributes) { return ::syscall(SYS_bpf, command, &attributes, sizeof attributes); }

Result<engine::Fd> load_program(std::span<const std::uint32_t> minors) {
  if (minors.size() > most_minors) return fail(Code::invalid_argument, "a job has at most 1,000 GPUs of one machine");
  const std::vector<bpf_insn> program = program_for(minors);
  bpf_attr attributes{};
  attributes.prog_type = BPF_PROG_TYPE_CGROUP_DEVICE;
  attributes.insns = reinterpret_cast<std::uintptr_t>(program.data());
  attributes.insn_cnt = static_cast<std::uint32_t>(program.size());
  attributes.license = reinterpret_cast<std::uintptr_t>("Dure");  // it calls nothing that asks for one
  engine::Fd loaded(static_cast<int>(call(BPF_PROG_LOAD, attributes)));
  if (!loaded) return tl::unexpected(engine::system_error("the kernel does not take", "a rule about devices"));
  return loaded;
}

}  // namespace

Result<void> fence_gpus(const std::string& folder, std::span<const std::uint32_t> minors) {
  const auto program = load_program(minors);
  if (!program) return tl::unexpected(program.error());
  const engine::Fd group(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!group) return tl::unexpected(engine::system_error("cannot open", folder));
  bpf_attr attributes{};
  attributes.target_fd = static_cast<std::uint32_t>(group.get());
  attributes.attach_bpf_fd = static_cast<std::uint32_t>(program->get());
  attributes.attach_type = BPF_CGROUP_DEVICE;
  attributes.attach_flags = BPF_F_ALLOW_MULTI;  // what a job is refused below it, by a container say, stays refused
  if (call(BPF_PROG_ATTACH, attributes) != 0) {
    return tl::unexpected(engine::system_error("cannot keep GPUs from what runs in", folder));
  }
  return {};
}

Result<void> check_gpu_fences() {
  return load_program({}).map([](const engine::Fd&) {});
}

}  // namespace dure::launcher
