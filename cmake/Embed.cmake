# dure_embed(output.cc HEADER header NAMESPACE namespace file...)
#
# Writes a source file that defines, for each file such as page.css, `const std::string_view page_css` with its text, and
# writes it again whenever one of them changes. Needs nothing but CMake.
#
# The second half of this file is the script that the build runs.
if(NOT CMAKE_SCRIPT_MODE_FILE)
  set(DURE_EMBED_SCRIPT ${CMAKE_CURRENT_LIST_FILE})

  function(dure_embed output)
    cmake_parse_arguments(EMBED "" "HEADER;NAMESPACE" "" ${ARGN})
    list(TRANSFORM EMBED_UNPARSED_ARGUMENTS PREPEND ${CMAKE_CURRENT_SOURCE_DIR}/ OUTPUT_VARIABLE files)
    add_custom_command(
      OUTPUT ${output}
      COMMAND ${CMAKE_COMMAND} -DOUTPUT=${output} -DHEADER=${EMBED_HEADER} -DNAMESPACE=${EMBED_NAMESPACE}
              "-DFILES=${files}" -P ${DURE_EMBED_SCRIPT}
      DEPENDS ${files} ${DURE_EMBED_SCRIPT}
      COMMENT "Embedding ${EMBED_UNPARSED_ARGUMENTS}"
      VERBATIM)
  endfunction()
  return()
endif()

set(source "// Written by the build; edit the embedded files instead.\n#include \"${HEADER}\"\n\nnamespace ${NAMESPACE} {\n")
foreach(file IN LISTS FILES)
  get_filename_component(name ${file} NAME)
  string(MAKE_C_IDENTIFIER ${name} identifier)
  file(READ ${file} text)
  string(APPEND source "\nconst std::string_view ${identifier} = R\"embedded(${text})embedded\";\n")
endforeach()
file(WRITE ${OUTPUT} "${source}\n}  // namespace ${NAMESPACE}\n")
