package io.shadowmesh.bindgen;

import java.util.List;
import java.util.Map;

/** What a header declares, in the order of its text. */
record Header(
    String file,
    Map<String, CType.Aggregate> structs,
    Map<String, CType.Aggregate> unions,
    Map<String, Function> functions,
    Map<String, Function> pointers,
    Map<String, Constant> constants)
{
    /** A parameter; its name may be empty. */
    record Parameter(String name, CType type)
    {
    }

    /** A function's prototype, or that of what a pointer type points to, under the type's name. */
    record Function(String name, CType result, List<Parameter> parameters, boolean variadic, int line)
    {
        /** The prototype as C writes it. */
        String spelling()
        {
            return spelling(name);
        }

        /** The prototype with another declarator in place of the name: {@code void (*)(int fd)}. */
        String spelling(final String declarator)
        {
            final StringBuilder text = new StringBuilder(declare(result, declarator)).append('(');
            for (int i = 0; i < parameters.size(); i++)
            {
                text.append(i > 0 ? ", " : "").append(declare(parameters.get(i).type(), parameters.get(i).name()));
            }
            if (variadic)
            {
                text.append(", ...");
            }
            else if (parameters.isEmpty())
            {
                text.append("void");
            }
            return text.append(')').toString();
        }
    }

    /** A constant: an integer with its C type, or a string. */
    record Constant(String name, String text, CType.Primitive type, long value, String string, int line)
    {
        boolean isString()
        {
            return string != null;
        }
    }

    /** A declaration as C writes it: {@code char ifrn_name[16]}. */
    static String declare(final CType type, final String name)
    {
        if (type instanceof CType.Array array)
        {
            final StringBuilder dimensions = new StringBuilder();
            CType element = array;
            while (element instanceof CType.Array inner)
            {
                dimensions.append('[').append(inner.length()).append(']');
                element = inner.element();
            }
            return declare(element, name + dimensions);
        }
        final String spelling = type.spelling();
        return name.isEmpty() ? spelling : spelling + (spelling.endsWith("*") ? "" : " ") + name;
    }
}
