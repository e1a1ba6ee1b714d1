# dure_source_commit(HEADER)   sets the path of a header with
#   DURE_COMMIT      the commit the sources were checked out at; "unknown" if they are no checkout of their own
#   DURE_BUILT_FROM  what tells two programs apart: "commit C" where the program's sources are those of the commit. Where one was
#                    modified the commit would say too much, so it is "sources D" then, with a digest of them all.
# It is written anew when the checkout moves (git writes HEAD or its log then) or a source changes, and touched only if it says
# something else, so that a build with nothing changed does nothing.
#
# The same file run as a script (-P) writes the header.
set(program_folders sim analysis cmake)

if(CMAKE_SCRIPT_MODE_FILE)
  set(commit unknown)
  set(built_from "")
  execute_process(COMMAND ${GIT} rev-parse --show-toplevel HEAD WORKING_DIRECTORY ${SOURCE}
    RESULT_VARIABLE result OUTPUT_VARIABLE answer ERROR_QUIET OUTPUT_STRIP_TRAILING_WHITESPACE)
  if(result EQUAL 0)
    string(REPLACE "\n" ";" answer "${answer}")
    list(GET answer 0 top)
    file(REAL_PATH "${SOURCE}" source)
    if(top STREQUAL source)
      list(GET answer 1 commit)
      execute_process(COMMAND ${GIT} --no-optional-locks status --porcelain --untracked-files=all -- ${program_folders} CMakeLists.txt
        WORKING_DIRECTORY ${SOURCE} RESULT_VARIABLE result OUTPUT_VARIABLE changes ERROR_QUIET)
      if(result EQUAL 0 AND changes STREQUAL "")
        set(built_from "commit ${commit}")
      endif()
    endif()
  endif()
  if(built_from STREQUAL "")
    list(TRANSFORM program_folders REPLACE "(.+)" "${SOURCE}/\\1/*" OUTPUT_VARIABLE patterns)
    file(GLOB_RECURSE sources RELATIVE ${SOURCE} ${patterns} ${SOURCE}/CMakeLists.txt)
    list(FILTER sources EXCLUDE REGEX "/node_modules/")
    list(SORT sources)
    set(digests "")
    foreach(name ${sources})
      file(SHA256 ${SOURCE}/${name} digest)
      string(APPEND digests "${name} ${digest}\n")
    endforeach()
    string(SHA256 digest "${digests}")
    string(SUBSTRING ${digest} 0 40 digest)
    set(built_from "sources ${digest}")
  endif()
  file(CONFIGURE OUTPUT ${HEADER} CONTENT "#pragma once\n#define DURE_COMMIT \"${commit}\"\n#define DURE_BUILT_FROM \"${built_from}\"\n")
  return()
endif()

function(dure_source_commit out_variable)
  set(header ${PROJECT_BINARY_DIR}/generated/sim/cli/source_commit.h)
  set(script ${PROJECT_SOURCE_DIR}/cmake/SourceCommit.cmake)
  set(${out_variable} ${header} PARENT_SCOPE)
  find_program(GIT git)
  file(GLOB_RECURSE watched CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/sim/* ${PROJECT_SOURCE_DIR}/analysis/* ${PROJECT_SOURCE_DIR}/cmake/*)
  list(FILTER watched EXCLUDE REGEX "/node_modules/")
  list(APPEND watched ${PROJECT_SOURCE_DIR}/CMakeLists.txt)
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
