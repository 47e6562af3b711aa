# dure_precompile(): called last, gives every target of ours one precompiled header, DURE_PRECOMPILED: what the standard
# library, fmt and GoogleTest cost to parse, parsed once. It halves the time of the lanes of .ci/run with clang; the other
# builds go without, so that a forgotten include is found.
function(dure_precompile)
  file(GENERATE OUTPUT ${CMAKE_BINARY_DIR}/precompiled.cc CONTENT "")
  add_library(dure_precompiled OBJECT ${CMAKE_BINARY_DIR}/precompiled.cc)
  target_link_libraries(dure_precompiled PRIVATE dure_options fmt::fmt tl::expected Boost::json GTest::gtest)
  target_precompile_headers(dure_precompiled PRIVATE
    <algorithm> <array> <chrono> <filesystem> <fstream> <functional> <map> <memory> <mutex> <optional> <set> <span>
    <sstream> <string> <string_view> <thread> <tuple> <unordered_map> <utility> <variant> <vector>
    <fmt/format.h> <tl/expected.hpp> <boost/json.hpp> <gtest/gtest.h>)
  dure_precompile_folder(${CMAKE_SOURCE_DIR})
endfunction()

function(dure_precompile_folder folder)
  get_property(targets DIRECTORY ${folder} PROPERTY BUILDSYSTEM_TARGETS)
  foreach(target IN LISTS targets)
    get_target_property(type ${target} TYPE)
    get_target_property(uses ${target} LINK_LIBRARIES)
    if(type MATCHES "STATIC_LIBRARY|EXECUTABLE" AND uses MATCHES "dure_(test_)?options")
      target_precompile_headers(${target} REUSE_FROM dure_precompiled)
    endif()
  endforeach()
  get_property(folders DIRECTORY ${folder} PROPERTY SUBDIRECTORIES)
  foreach(below IN LISTS folders)
    dure_precompile_folder(${below})
  endforeach()
endfunction()
