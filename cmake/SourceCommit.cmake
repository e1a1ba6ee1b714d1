# dure_source_commit(HEADER)   sets the path of a header with DURE_COMMIT, the commit the sources were checked out at.
# It is written anew when the checkout moves (git writes HEAD or its log then) and touched only if the commit is another, so
# that a build with nothing changed does nothing. Sources that are no checkout of their own are "unknown".
#
# The same file run as a script (-P) writes the header.
if(CMAKE_SCRIPT_MODE_FILE)
  set(commit unknown)
  execute_process(COMMAND ${GIT} rev-parse --show-toplevel HEAD WORKING_DIRECTORY ${SOURCE}
    RESULT_VARIABLE result OUTPUT_VARIABLE answer ERROR_QUIET OUTPUT_STRIP_TRAILING_WHITESPACE)
  if(result EQUAL 0)
    string(REPLACE "\n" ";" answer "${answer}")
    list(GET answer 0 top)
    file(REAL_PATH "${SOURCE}" source)
    if(top STREQUAL source)
      list(GET answer 1 commit)
    endif()
  endif()
  file(CONFIGURE OUTPUT ${HEADER} CONTENT "#pragma once\n#define DURE_COMMIT \"${commit}\"\n")
  return()
endif()

function(dure_source_commit out_variable)
  set(header ${PROJECT_BINARY_DIR}/generated/sim/cli/source_commit.h)
  set(script ${PROJECT_SOURCE_DIR}/cmake/SourceCommit.cmake)
  set(${out_variable} ${header} PARENT_SCOPE)
  find_program(GIT git)
  set(watched)
  if(GIT)
    foreach(name HEAD logs/HEAD)
      execute_process(COMMAND ${GIT} rev-parse --git-path ${name} WORKING_DIRECTORY ${PROJECT_SOURCE_DIR}
        OUTPUT_VARIABLE path ERROR_QUIET OUTPUT_STRIP_TRAILING_WHITESPACE)
      cmake_path(ABSOLUTE_PATH path BASE_DIRECTORY ${PROJECT_SOURCE_DIR})
      if(EXISTS "${path}" AND NOT IS_DIRECTORY "${path}")
        list(APPEND watched ${path})
      endif()
    endforeach()
  endif()
  add_custom_command(OUTPUT ${header}
    COMMAND ${CMAKE_COMMAND} -DGIT=${GIT} -DSOURCE=${PROJECT_SOURCE_DIR} -DHEADER=${header} -P ${script}
    DEPENDS ${watched} ${script} COMMENT "commit of the sources" VERBATIM)
endfunction()
