# tl_embed(target directory [path=file ...])
#
# Links files into a target: an assembler file takes their bytes as they are (.incbin), and a table
# names them (server/embedded.h). Text is also stored compressed, so that it is served without work.
function(tl_embed target directory)
    set(folder ${CMAKE_CURRENT_BINARY_DIR}/embedded)
    file(MAKE_DIRECTORY ${folder})
    set(pairs "")
    # Copies: the next build of the web app replaces its files, this one must stay whole.
    set(copies ${folder}/files)
    file(REMOVE_RECURSE ${copies})
    if(EXISTS ${directory}/index.html)
        file(COPY ${directory}/ DESTINATION ${copies})
        set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${directory}/index.html)
    endif()
    file(GLOB_RECURSE files RELATIVE ${copies} ${copies}/*)
    foreach(file IN LISTS files)
        list(APPEND pairs "${file}!${copies}/${file}")
    endforeach()
    foreach(extra IN LISTS ARGN)
        string(REPLACE "=" "!" extra "${extra}")
        list(APPEND pairs "${extra}")
        string(REGEX REPLACE "^.*!" "" source "${extra}")
        set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${source})
    endforeach()

    find_program(TL_GZIP gzip REQUIRED)
    set(all "")
    foreach(pair IN LISTS pairs)
        string(REPLACE "!" ";" parts "${pair}")
        list(GET parts 0 path)
        list(GET parts 1 source)
        list(APPEND all "${pair}")
        if(path MATCHES "\\.(js|css|html|svg|json|txt)$")
            string(MAKE_C_IDENTIFIER "${path}" id)
            set(packed ${folder}/${id}.gz)
            execute_process(COMMAND ${TL_GZIP} -9nc ${source} OUTPUT_FILE ${packed})
            list(APPEND all "${path}.gz!${packed}")
        endif()
    endforeach()
    list(SORT all)  # By path: `!` stands before every character of a path.

    set(assembly ".section .rodata\n")
    set(table "")
    set(declarations "")
    set(index 0)
    foreach(pair IN LISTS all)
        string(REPLACE "!" ";" parts "${pair}")
        list(GET parts 0 path)
        list(GET parts 1 source)
        # The content's hash, so that neither ninja nor ccache takes an object of other content.
        file(SHA256 ${source} hash)
        string(APPEND assembly
            "/* ${hash} */\n.global tl_embedded_${index}\n.global tl_embedded_${index}_end\n"
            "tl_embedded_${index}:\n.incbin \"${source}\"\ntl_embedded_${index}_end:\n.byte 0\n")
        string(APPEND declarations
            "extern const char tl_embedded_${index}[];\nextern const char tl_embedded_${index}_end[];\n")
        string(APPEND table
            "    {\"${path}\", {tl_embedded_${index}, static_cast<size_t>(tl_embedded_${index}_end - tl_embedded_${index})}},\n")
        math(EXPR index "${index} + 1")
    endforeach()
    string(APPEND assembly ".section .note.GNU-stack,\"\",@progbits\n")
    # std::array: a table of nothing is fine.
    file(CONFIGURE OUTPUT ${folder}/embedded.S CONTENT "${assembly}" @ONLY)
    file(CONFIGURE OUTPUT ${folder}/embedded.cc @ONLY CONTENT
"#include \"server/embedded.h\"

#include <array>

extern \"C\" {
${declarations}}

namespace throughline::server {

std::span<const EmbeddedFile> embedded_files() {
    static const std::array<EmbeddedFile, ${index}> files = {{
${table}    }};
    return files;
}

}  // namespace throughline::server
")
    target_sources(${target} PRIVATE ${folder}/embedded.S ${folder}/embedded.cc)
    set_property(SOURCE ${folder}/embedded.S APPEND PROPERTY OBJECT_DEPENDS "${folder}/embedded.cc")
endfunction()
