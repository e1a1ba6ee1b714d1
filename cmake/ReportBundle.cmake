# The script of report.html: analysis/report/web, bundled by esbuild from the packages of its lock file.
#   dure_report_bundle(OUT_VARIABLE)   sets the path of the bundle and says how to build it.
# Packages go to the build folder, never to the source tree. Without Node, or when the packages cannot be had,
# the bundle is empty: the report then has its tables and no charts, and says so.

function(dure_report_bundle out_variable)
  set(web ${PROJECT_SOURCE_DIR}/analysis/report/web)
  set(work ${PROJECT_BINARY_DIR}/report-web)
  set(bundle ${work}/bundle.js)
  set(${out_variable} ${bundle} PARENT_SCOPE)
  find_program(NODE node)
  find_program(NPM npm)
  file(MAKE_DIRECTORY ${work})
  if(NOT NODE OR NOT NPM)
    message(STATUS "report: Node or npm is missing, so report.html will have tables and no charts")
    file(WRITE ${bundle} "")
    return()
  endif()
  # A bundle that came out empty is tried again with the next configure.
  if(EXISTS ${bundle})
    file(SIZE ${bundle} size)
    if(size EQUAL 0)
      file(REMOVE ${bundle} ${work}/packages.stamp)
    endif()
  endif()
  file(GLOB sources CONFIGURE_DEPENDS ${web}/src/*.ts)
  set(script ${PROJECT_SOURCE_DIR}/cmake/BuildReportBundle.cmake)
  add_custom_command(OUTPUT ${work}/packages.stamp
    COMMAND ${CMAKE_COMMAND} -DSTEP=packages -DWEB=${web} -DWORK=${work} -DNPM=${NPM} -P ${script}
    DEPENDS ${web}/package.json ${web}/package-lock.json ${web}/.npmrc ${script}
    COMMENT "report: packages of the chart bundle (npm ci)" VERBATIM)
  add_custom_command(OUTPUT ${bundle}
    COMMAND ${CMAKE_COMMAND} -DSTEP=bundle -DWEB=${web} -DWORK=${work} -DNODE=${NODE} -P ${script}
    DEPENDS ${work}/packages.stamp ${sources} ${web}/build.mjs ${web}/tsconfig.json ${script}
    COMMENT "report: chart bundle (tsc, esbuild)" VERBATIM)
endfunction()
