# Compiler options that hold for every target of ours.

find_program(CCACHE ccache)
if(CCACHE)
  # Relative paths, so that one build folder takes what another has compiled. The sloppiness is for precompiled headers,
  # which ccache refuses without it.
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env CCACHE_BASEDIR=${CMAKE_SOURCE_DIR}
                                  CCACHE_SLOPPINESS=pch_defines,time_macros ${CCACHE})
endif()

add_library(dure_options INTERFACE)
target_compile_options(dure_options INTERFACE
  -Wall -Wextra -Wpedantic -Wconversion -Wsign-conversion -Wnon-virtual-dtor -Wno-missing-field-initializers
  # -Wno-missing-field-initializers: designated initialisers leave the rest to its default on purpose.
  # Floating point outside the core must agree across compilers: no fused multiply-add, ever.
  -ffp-contract=off)
if(CMAKE_SYSTEM_PROCESSOR STREQUAL "x86_64")
  # Every x86 server since 2009; for the population count. No wider: results must not depend on the machine.
  target_compile_options(dure_options INTERFACE -march=x86-64-v2)
endif()
if(NOT DURE_TOGETHER)
  target_compile_options(dure_options INTERFACE -Wshadow)
elseif(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # Of files that are compiled together, one may hide a name of another, and g++ takes them for headers.
  target_compile_options(dure_options INTERFACE -Wshadow=local -Wno-subobject-linkage)
endif()
if(DURE_WERROR)
  target_compile_options(dure_options INTERFACE -Werror)
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # g++ 12 reports these falsely inside the standard library's own inlined code.
  target_compile_options(dure_options INTERFACE -Wno-restrict -Wno-array-bounds -Wno-stringop-overflow
                                                -Wno-stringop-overread -Wno-maybe-uninitialized)
endif()
if(CMAKE_BUILD_TYPE STREQUAL "Debug")
  target_compile_definitions(dure_options INTERFACE _GLIBCXX_ASSERTIONS)
endif()
if(DURE_FUZZ)
  # Coverage for the fuzz targets; every other target links as before.
  target_compile_options(dure_options INTERFACE -fsanitize=fuzzer-no-link)
endif()
if(DURE_SANITIZE)
  target_compile_options(dure_options INTERFACE -fsanitize=${DURE_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
    target_compile_options(dure_options INTERFACE -fsanitize-ignorelist=${CMAKE_SOURCE_DIR}/cmake/sanitize_ignore.txt)
  endif()
  target_link_options(dure_options INTERFACE -fsanitize=${DURE_SANITIZE})
endif()

# Of code that waits more than it computes. With sanitizers, optimising it would cost more than it saves.
add_library(dure_cold_options INTERFACE)
target_link_libraries(dure_cold_options INTERFACE dure_options)
if(DURE_SANITIZE)
  target_compile_options(dure_cold_options INTERFACE -O0)
endif()
